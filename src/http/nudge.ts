/** A bell: rung at any time, heard by the next wait. */
export interface Nudge {
  ring(): void;
  /** Resolves with true when it rings (or has rung since the last wait), with false after a while. */
  wait(milliseconds: number): Promise<boolean>;
}

export function createNudge(): Nudge {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async wait(milliseconds) {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, milliseconds);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        wake = undefined;
      }
      const heard = rung;
      rung = false;
      return heard;
    },
  };
}
