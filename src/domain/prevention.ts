/** What keeps tasks apart. claim: one lets another go first that is changing its files. order: the plan. */
export const preventions = ['claim', 'order'] as const;
