import { notifications } from '@mantine/notifications';

/** Says, once at a time, why the program did not get what was typed. */
export function warnRefused(message: string): void {
  notifications.show({ id: 'input-refused', color: 'red', message, role: 'alert' });
}
