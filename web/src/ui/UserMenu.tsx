import { Menu, Text, UnstyledButton, useComputedColorScheme, VisuallyHidden } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconLogout, IconMoon, IconSettings, IconShield, IconSun, IconUser } from '@tabler/icons-react';
import { Link } from 'react-router';

import { auth } from '@/auth/auth';
import { useUser } from '@/auth/useAuth';
import { choose } from '@/settings/account';
import { SettingsModal } from '@/settings/SettingsModal';

import { PersonAvatar } from './PersonAvatar';

/** The signed-in user's own things. */
export function UserMenu() {
  const user = useUser();
  const [settings, { open, close }] = useDisclosure();
  const dark = useComputedColorScheme('light') === 'dark';
  const toggle = () => choose({ theme: dark ? 'light' : 'dark' });
  // A server that cannot be told does not keep anybody signed in here.
  const signOut = () => void auth.signOut().catch(() => undefined);
  return (
    <>
      <Menu position="bottom-end" width={220}>
        <Menu.Target>
          <UnstyledButton style={{ borderRadius: '50%' }}>
            <PersonAvatar name={user.display_name} color={user.color} size={28} />
            <VisuallyHidden>Your account</VisuallyHidden>
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>
            <Text size="sm" fw={600} c="var(--mantine-color-text)" truncate>
              {user.display_name}
            </Text>
            {user.guest_of ? 'Here as a guest' : user.username}
          </Menu.Label>
          {!user.guest_of && (
            <Menu.Item component={Link} to="/account" leftSection={<IconUser size={16} />}>
              Account
            </Menu.Item>
          )}
          {user.platform_admin && (
            <Menu.Item component={Link} to="/admin" leftSection={<IconShield size={16} />}>
              Administration
            </Menu.Item>
          )}
          <Menu.Item leftSection={<IconSettings size={16} />} onClick={open}>
            Settings
          </Menu.Item>
          <Menu.Item leftSection={dark ? <IconSun size={16} /> : <IconMoon size={16} />} onClick={toggle}>
            {dark ? 'Light theme' : 'Dark theme'}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item leftSection={<IconLogout size={16} />} onClick={signOut}>
            {user.guest_of ? 'End being a guest' : 'Sign out'}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <SettingsModal opened={settings} onClose={close} />
    </>
  );
}
