export declare const MEGABYTES: number
export declare function planInstall(
  lock: { readonly packages: Readonly<Record<string, object>> },
  machine: { readonly platform: string; readonly arch: string },
): string[]
export declare function describeInstall(
  count: number,
  program: {
    readonly devDependencies: Readonly<Record<string, string>>
    readonly optionalDependencies: Readonly<Record<string, string>>
  },
): string
