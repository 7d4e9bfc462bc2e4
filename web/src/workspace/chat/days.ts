const time = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hour12: false });
const day = new Intl.DateTimeFormat('en', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });

/** Time of the day: `14:05`. */
export function formatTime(moment: string): string {
  return time.format(Date.parse(moment));
}

/** A day for a line between messages, as seen from `now`: `Today`, `Yesterday`, `Monday, January 5, 2026`. */
export function formatDay(moment: string, now = new Date()): string {
  const then = new Date(moment);
  if (sameDay(then, now)) return 'Today';
  const before = new Date(now);
  before.setDate(now.getDate() - 1);
  return sameDay(then, before) ? 'Yesterday' : day.format(then);
}

/** Whether both are of one day, where this page is. */
export function sameDay(a: Date, b: Date): boolean {
  return a.toDateString() === b.toDateString();
}
