import { startServer } from './server.js';

const server = await startServer({
  port: Number(process.env.PORT ?? 3000),
  file: process.env.NOTES_FILE ?? 'data/notes.json',
});
console.log(`notes service: ${server.url}`);

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close());
