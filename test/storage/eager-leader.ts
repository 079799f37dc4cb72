/**
 * Stands for an office and, while it leads, decides all the time to do something; says when no more.
 *
 * usage: node --import tsx eager-leader.ts DATABASE-URL
 */
import pg from 'pg';
import { standForOffice } from '../../src/storage/leadership.ts';

const url = process.argv[2] as string;
const pool = new pg.Pool({ connectionString: url, max: 1 });
/** Milliseconds that it may be silent. */
const silence = 1_500;

await standForOffice(
  url,
  'frozen',
  (term) => {
    process.stdout.write('leading\n');
    // A process that was frozen in a timer goes on with timers before it looks at the network.
    const deeds = setInterval(() => {
      if (term.isOurs()) void pool.query('INSERT INTO deeds VALUES ($1)', [new Date()]);
      else {
        clearInterval(deeds);
        process.stdout.write('no more\n');
      }
    }, 5);
  },
  async () => undefined,
  () => undefined,
  silence,
);
