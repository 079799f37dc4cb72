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
      'respond* in|respond* time|refreshed every|updated every|no delay|without delay|without noticeable delay|per second|frame rate|takes forever|takes ages|stutter*|lags|load* time|processing time|elapsed|turnaround|peak hours|sampling rate',
    ],
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
    [
      3,
      'at the same time|at once|in parallel|simultaneous sessions|growth of|grow from|grow to|times the usual|times the number|increase of|increase in|horizontally|keep up|terabytes|accommodate|per day',
    ],
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
      'signed|signature*|second factor|two factors|two-factor|second authori*|end-to-end|masked|pseudonymi*|forged|counterfeit|hack*|cheat*|steal*|stolen|strangers|third parties|identity of|audit trail|not be able to see|read by|visible to|only by|accessible to|accessible only|responsible for|misuse|tamper*|spoof*|firewall|log in with|session after|without activity|not reveal|disclos*|single sign-on|role based|role-based|secrets|keychain',
    ],
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
      'power failure|power supply fails|loss of power|loss of data|without loss|goes down|is down|breaks down|is lost|get lost|be lost|interrupted|is restored|be restored|cannot be reached|go on working|continue to operate|continue to work|takes over|take over|taken over|fall back|degradation|redundan*|replica*|idempoten*|exactly-once|freez*|bugs|glitch|unreliable|mean time between|single failure|single point|last known|resumed|preserved|error of|correct within',
    ],
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
      '# hours a day|hours a day|around the clock|#/#|out of service|out of operation|outage|unplanned|at all times|at any time|at any hour|all hours|every day of the year|days a year|days per year|business hours|opening hours|operational at|offline|servers are down|unavailable|up # %|time to restore|interruption',
    ],
    [
      3,
      'uptime|downtime|# days a week|availab* # %|# hours per day|# % of the time|# % uptime|hours per day|high availability|maintenance window',
    ],
    [2, 'available for use|be available|availab*|up and running|operational #'],
  ],
  usability: [
    [
      3,
      'no training|hours of training|training of|after training|first attempt|first-time user*|first use|without instruction*|without help|without assistance|without asking|without any previous|previous knowledge|no experience|little practice|no knowledge|no technical|no manual|one click|clicks or fewer|fewer clicks|taps|wheelchair|impaired|blind*|colour blindness|color blind*|screen-reader|legible|readable|at a glance|plain words|simple language|undo|help shall|native language|local language|available in english|translat*|confus*|find out how|novice*|beginner*|elderly|year-old|mistakes|tutorial|keyboard alone',
    ],
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
      'palette|crest|typeface|corporate identity|corporate design|style guide|letterhead|elegan*|playful|inviting|fun|uncluttered|cluttered|clean layout|tidy|white space|sober|retro|beautiful|ugly|gorgeous|art style|icons look|illustrations|photographs|background|shown in red|in red|bold|letters on|look like|look the same|looks like|impression|resembl*|calm|scheme',
    ],
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
      'without programming|without involving|without a new release|no change of code|plug-ins|plugins|plug-in|modules|new developer|correct a defect|be corrected within|patch|coding guidelines|programming language|documented so|covered by tests|covered by unit tests|easy to extend|extend*|new version*|over the air|updated remotely|maintained|supported by the vendor|replaceable|be added within|added as|changelog|code list*|set up the build',
    ],
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
      'whatever operating system|whatever its operating system|any computer|any platform|other platform*|another platform|another host|another database|another product|another vendor|single vendor|vendor of|be moved to|be ported|ported to|code base|run unchanged|both platforms|mobile platforms|open format|phones, tablets|desktop computers|arm#|posix|consoles',
    ],
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
    [
      3,
      'older versions|old clients|previous version|standard format|exchange format|coexist|side by side with|standard interface|keep working',
    ],
    [3, 'compatib*|interoperab*|backward*|coexist*|internet explorer|firefox|chrome|safari|edge'],
    [2, 'browser*|standard format*|existing system*|work with|interface with'],
  ],
  legal: [
    [
      3,
      'act|ordinance|electoral|privacy law|in accordance with|conform* to the rules|statutory|prescribed|prohibited|required by law|as the law|the law|certified|certificat*|consent|erasure|retention|bar association|directive|ministry|authority|tax law|code requires|age check|accessibility law|licence|dependencies',
    ],
    [
      3,
      'gdpr|hipaa|comply*|complian*|regulat*|legal*|law|laws|licen*|sarbanes|copyright*|pci*|accounting standard*|iso #|rules of|guidelines',
    ],
    [2, 'standards|policy|policies|act|statut*|terms of|estimat*'],
  ],
  operability: [
    [
      3,
      'degrees|battery|indoors|outdoors|rain|dust|humidity|vibration|temperature*|gloves|sunlight|noisy|run* behind|behind a proxy|proxy|data centre|data center|hosted in|cloud|kubernetes|docker image|container image|interfac* with|interface to|interfaces with|existing interface|existing database|existing server|mail server|file server|mainframe|batch file*|printers|barcode readers|work* in|work* on the|operate* with|operate* on|function between|installed on|mounted|powered|prometheus|structured logs|rollout|feature flags|on-call|operations team|operations department|administrators|operated by',
    ],
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
