/**
 * A signal that is aborted after some time, with a `TimeoutError` as `AbortSignal.timeout` has it, or with
 * another one. Node 20 collects a signal of `AbortSignal.timeout` that stands in `AbortSignal.any` as
 * garbage, and its time never comes.
 *
 * @param milliseconds - From now on; keeps no process alive.
 */
export function limitTime(milliseconds: number, signal?: AbortSignal): AbortSignal {
  const limit = new AbortController();
  const late = () =>
    limit.abort(new DOMException(`${milliseconds} ms have passed`, 'TimeoutError'));
  setTimeout(late, milliseconds).unref();
  return signal === undefined ? limit.signal : AbortSignal.any([limit.signal, signal]);
}
