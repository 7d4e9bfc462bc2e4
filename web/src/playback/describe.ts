import type { Moment } from './moments';

/** A moment in a few words. */
export function describeMoment(moment: Moment): string {
  const who = moment.by?.display_name ?? 'Somebody';
  switch (moment.kind) {
    case 'run':
      return `${who} ran ${moment.run.language}`;
    case 'snapshot':
      return `Snapshot “${moment.snapshot.name ?? ''}”`;
    case 'message':
      return `${who}: ${moment.text}`;
    case 'line':
      return moment.text;
  }
}
