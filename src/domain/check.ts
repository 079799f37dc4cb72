/** work: on the attempt's own work. merge: on its merge with what others merged meanwhile. */
export const checkStages = ['work', 'merge'] as const;
