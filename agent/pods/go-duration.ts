/** Durations as Go prints them, for messages that read like a kubelet's. */

/** `313ms`, `1.594s`, `10s`, `1m20s`, `5m0s`, `1h0m0s`. */
export function goDuration(milliseconds: number): string {
  const whole = Math.max(0, Math.round(milliseconds));
  if (whole > 0 && whole < 1000) return `${whole}ms`;
  const seconds = Number(((whole % 60_000) / 1000).toFixed(3));
  const minutes = Math.floor(whole / 60_000);
  if (minutes === 0) return `${seconds}s`;
  return minutes < 60 ? `${minutes}m${seconds}s` : `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}s`;
}
