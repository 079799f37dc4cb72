import type { ServerResponse } from 'node:http';

/** A tool that a program offers to its model. */
export interface OfferedTool {
  readonly name: string;
  /** Names of its arguments; undefined for one that takes a text. */
  readonly properties: readonly string[] | undefined;
}

/** What a program asks its model, as far as a script needs it. */
export interface Question {
  readonly tools: readonly OfferedTool[];
  /** How many tools have been used so far. */
  readonly used: number;
  readonly streamed: boolean;
}

export interface Answer {
  readonly text: string;
  readonly call?: { readonly name: string; readonly input: object | string } | undefined;
}

/** One provider's way to ask a model. */
export interface Protocol {
  /** The path that it is asked at. */
  readonly path: RegExp;
  readonly read: (body: never, path: string) => Question;
  readonly write: (response: ServerResponse, answer: Answer, question: Question) => void;
  /** The body of an error. */
  readonly refusal: (status: number, message: string) => object;
}

/** What each answer is said to have used. */
export const tokens = { input: 100, cached: 20, output: 45 };

export function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** Server-sent events; those with a type have it as their name. */
export function stream(response: ServerResponse, events: readonly (object | string)[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of events) {
    const name =
      typeof event === 'object' && 'type' in event ? `event: ${String(event.type)}\n` : '';
    response.write(`${name}data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`);
  }
  response.end();
}

let count = 0;
export const nextId = (prefix: string): string => `${prefix}_${(count += 1)}`;
