/** A bar of so many columns; full only where all is done. */
export function drawBar(fraction: number, width: number): string {
  const full = Math.floor(Math.min(1, Math.max(0, fraction)) * width + 1e-9)
  return '█'.repeat(full) + '░'.repeat(width - full)
}
