import { notifications } from '@mantine/notifications';

import { auth } from '@/auth/auth';

/** Saves what an address of the API answers. It needs the token, so that a plain link would not do. */
export async function download(path: string, name: string): Promise<void> {
  const response = await auth.fetch(new Request(`${location.origin}/api/v1${path}`));
  if (!response.ok) {
    notifications.show({ color: 'red', message: `${name} could not be downloaded.`, role: 'alert' });
    return;
  }
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
