import ms, { type StringValue } from 'ms';
import type { AttemptFailure, FailureClass } from '../../domain/failure.ts';
import type { Complaint } from './preset.ts';

const limits =
  /rate.?limit|usage limit|(?:hit|reached) your [\w ]*limit|limit (?:was |has been )?reached|quota|too many requests|resource.?exhausted|\b429\b/i;
const busy =
  /overloaded|at capacity|high demand|service unavailable|internal server error|server had an error|bad gateway|gateway time.?out|stream disconnected|connection (?:error|refused|reset)|(?:cannot|unable to) connect|network error|fetch failed|ECONNRE(?:SET|FUSED)|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|\b5(?:00|02|03|04|29)\b/i;
const refused =
  /unauthori[sz]ed|authenticat|invalid (?:bearer )?(?:api.?key|token|credentials)|(?:invalid|missing|incorrect|no) api.?key|api.?key (?:is )?(?:not|missing|invalid|required|expired)|not logged in|please (?:run \/)?log ?in|permission denied for model|native binary not installed|postinstall script was not run|missing optional dependency|credit balance|billing|insufficient (?:funds|credits)|models?\b.*(?:not found|not supported|(?:does|may) not exist)|\b40[13]\b/i;

/**
 * The class of a failure that a program speaks of. Only ever asked about the program's own complaint:
 * in an agent's ordinary words the same words mean nothing.
 */
function classOf({ message, status }: Complaint): FailureClass {
  if (status === 429) return 'rate-limited';
  // Who asks, who pays, and for which model: 404 is one that nobody has there.
  if (status !== undefined && status >= 401 && status <= 404) return 'permanent';
  if (status !== undefined && status >= 500) return 'transient';
  if (limits.test(message)) return 'rate-limited';
  if (refused.test(message)) return 'permanent';
  return busy.test(message) ? 'transient' : 'error';
}

/** @param program as a person calls it */
export function complaintFailure(program: string, complaint: Complaint): AttemptFailure {
  const failureClass = classOf(complaint);
  const message = `\`${program}\`: ${complaint.message.slice(0, 4_000)}`;
  if (failureClass !== 'rate-limited') return { class: failureClass, message };
  const retryAfter = complaint.retryAfter ?? waitIn(complaint.message);
  return { class: failureClass, message, ...(retryAfter === undefined ? {} : { retryAfter }) };
}

const duration =
  /(\d+(?:\.\d+)?) ?(milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)\b/;

/** How long a text like "try again in 1m 30s" asks to wait, in milliseconds. */
function waitIn(message: string): number | undefined {
  const part = `(?:${duration.source}[ ,]*(?:and )?)+`;
  const found = new RegExp(`\\b(?:again|retry|resets?) (?:in|after) (${part})`, 'i').exec(message);
  const parts = (found?.[1] ?? '').match(new RegExp(duration.source, 'gi')) ?? [];
  if (parts.length === 0) return undefined;
  return Math.ceil(parts.reduce((sum, each) => sum + ms(each as StringValue), 0));
}
