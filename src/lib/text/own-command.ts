/**
 * A command of perpctl inside a message: `` `perpctl db start` ``. Messages are written, stored and compared in this
 * form; whoever prints one tells it by the name that perpctl was started by, and with the flags that choose the same
 * data (`commands/line/pasteable.ts`).
 */
export const ownCommand = (command: string): string => `\`perpctl ${command}\``

/** It is not to be cut. */
export const hasOwnCommand = (text: string): boolean => text.includes('`')
