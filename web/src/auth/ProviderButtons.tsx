import { Button, Divider, Stack } from '@mantine/core';
import { IconBrandGithub, IconLogin2 } from '@tabler/icons-react';
import type { ReactNode } from 'react';

import { useProviders } from './useProviders';

interface Props {
  next: string;
  /** A way that is no provider. */
  children?: ReactNode;
}

/** Other ways to sign in than a password; nothing where there are none. They lead to `next`. */
export function ProviderButtons({ next, children }: Props) {
  const providers = useProviders();
  if (providers.length === 0 && !children) return null;
  return (
    <Stack gap="sm" mt="xs">
      <Divider label="or" />
      {children}
      {providers.map(({ name, label, kind }) => (
        <Button
          key={name}
          component="a"
          // The browser itself goes there: the provider has pages of its own.
          href={`/api/v1/auth/providers/${name}/login?return_to=${encodeURIComponent(next)}`}
          variant="default"
          leftSection={kind === 'github' ? <IconBrandGithub size={18} /> : <IconLogin2 size={18} />}
        >
          Continue with {label}
        </Button>
      ))}
    </Stack>
  );
}
