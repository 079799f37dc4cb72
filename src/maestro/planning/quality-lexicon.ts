import type { qualityCategories } from '../../domain/requirement.ts';

export type QualityCategory = (typeof qualityCategories)[number];

/**
 * Phrases that speak of a quality rather than of an ability, by ISO/IEC 25010 characteristic, with
 * how strongly they do (3: hardly anything else is meant). A word that ends in `*` stands for all
 * its endings.
 */
export const qualityLexicon: Readonly<
  Record<QualityCategory, readonly (readonly [number, string])[]>
> = {
  performance: [
    [
      3,
      'response time*|throughput|latency|milliseconds|take* less than|performance|fast|faster|quick*|page load*',
    ],
    [
      2,
      'within # second*|within # minute*|in under|respond within|less than # second*|# ms|no longer than # second*|speed|slow*|lag|bandwidth|refresh* every|every # second*|cpu|memory usage|cache*|seconds',
    ],
    [1, 'efficient*|within'],
  ],
  scalability: [
    [3, 'scal*|simultaneous user*|concurrent user*|concurrent*|simultaneous*|growth|capacity'],
    [
      2,
      'up to # user*|# user*|# customers|# request*|handle #|support # |peak load|volume of|large number*|expand*|million*',
    ],
    [1, 'load|number of users'],
  ],
  security: [
    [
      3,
      'secur*|encrypt*|unauthor*|authoriz* user*|only authoriz*|malicious|xss|csrf|sql injection|inject*|sanitiz*|escap*|vulnerab*|hash*|privacy|penetration|tls|https|ssl|access control|run as script|confidential*|brute force|attack*',
    ],
    [
      2,
      'authenticat*|authoriz*|authoris*|permission*|protect*|prevent*|password* must|access to|script|virus*|audit*|integrity|credential*|plain text|token* expire|lock* out|rate limit*|login attempts|restrict*',
    ],
    [1, 'access|only|password*|sensitive|personal data'],
  ],
  reliability: [
    [
      3,
      'restart*|crash*|data loss|fault*|recover*|robust*|reliab*|fail-over|failover|survive*|backup*|back up|resilien*|never lose|not lose|fail* gracefully',
    ],
    [
      2,
      'fail*|lose|lost|durab*|persist*|outage*|consisten*|error rate|accura*|mean time|at most once|exactly once|corrupt*|retry|retries',
    ],
    [1, 'error*'],
  ],
  availability: [
    [
      3,
      'uptime|downtime|# days a week|availab* # %|# hours per day|# % of the time|# % uptime|hours per day|high availability|maintenance window',
    ],
    [2, 'available for use|be available|availab*|up and running|operational #'],
  ],
  usability: [
    [
      3,
      'usab*|user-friendly|user friendly|easy to use|easy to learn|ease of use|intuitive*|easily|accessib*|wcag|screen reader*|self-explanatory|learn to use|without training|understandable|keyboard only',
    ],
    [
      2,
      'training|simple to|easy|understand*|successfully use|minutes of|help text|tooltip*|learn|user satisfaction|language* supported|instructions|convenient*|clear*',
    ],
    [1, 'satisf*|users shall be able to use|new users'],
  ],
  look_and_feel: [
    [
      3,
      'look and feel|appearance|color*|colour*|brand*|logo*|professional|attractive|appealing|aesthetic*|theme|visual* design|corporate',
    ],
    [2, 'layout|font*|style*|modern|graphic*|responsive|animation*|look*|simulate|resemble'],
    [1, 'design*|screen size*'],
  ],
  maintainability: [
    [
      3,
      'maintainab*|modular*|extensib*|test coverage|code coverage|coding standard*|code style|readable code|documented code|well documented|well-documented|refactor*|technical debt|lint*',
    ],
    [
      2,
      'maintain*|unit test*|upgrad*|new feature*|develop* time|configurab*|easy to change|easily updated|integrate new|source code|comments|release*|coverage|written in|clean code',
    ],
    [1, 'update*|changes'],
  ],
  portability: [
    [
      3,
      'portab*|platform-independent|cross-platform|windows and|linux|macos|any operating system|without modification',
    ],
    [
      2,
      'windows|operating system*|android|ios|docker|container*|arm64|mobile device*|different environments',
    ],
  ],
  compatibility: [
    [3, 'compatib*|interoperab*|backward*|coexist*|internet explorer|firefox|chrome|safari|edge'],
    [2, 'browser*|standard format*|existing system*|work with|interface with'],
  ],
  legal: [
    [
      3,
      'gdpr|hipaa|comply*|complian*|regulat*|legal*|law|laws|licen*|sarbanes|copyright*|pci*|accounting standard*|iso #|rules of|guidelines',
    ],
    [2, 'standards|policy|policies|act|statut*|terms of|estimat*'],
  ],
  operability: [
    [
      3,
      'deploy*|monitor*|operat* environment|health check*|observab*|server environment|existing infrastructure|runs on|run on|hosted|installable',
    ],
    [
      2,
      'environment|log level*|logging|metrics|alert*|install*|configur*|server*|hardware|infrastructure|network|database server|interface with|operat*',
    ],
  ],
};
