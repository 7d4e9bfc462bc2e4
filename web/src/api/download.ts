import { notifications } from '@mantine/notifications';

import { auth } from '@/auth/auth';

import { describe, problemFrom } from './problem';

/** Has the browser save a file. */
export function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Saves what an address of the API answers. It needs the token, so that a plain link would not do. */
export async function download(path: string, name: string): Promise<void> {
  const response = await auth.fetch(new Request(`${location.origin}/api/v1${path}`));
  if (!response.ok) throw await problemFrom(response);
  save(await response.blob(), name);
}

/** The same for where there is no other place to say that it failed. */
export async function downloadOrTell(path: string, name: string): Promise<void> {
  try {
    await download(path, name);
  } catch (error) {
    notifications.show({ color: 'red', title: `${name} was not downloaded`, message: describe(error), role: 'alert' });
  }
}
