/** Hosts whose pull (or merge) requests Aurora can open. */
export const forgeKinds = ['github', 'gitlab'] as const;
export type ForgeKind = (typeof forgeKinds)[number];

/** What the environment says of where repositories are hosted. */
export interface ForgeSettings {
  /** Needed where the host's name does not tell. */
  readonly kind: ForgeKind | undefined;
  /** Base URL of the API; that of the host when not given. */
  readonly api: string | undefined;
  readonly tokens: Readonly<Partial<Record<ForgeKind, string>>>;
}
