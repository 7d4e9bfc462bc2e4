import { Container, Group, Tabs, Title } from '@mantine/core';
import { Navigate, useNavigate, useParams } from 'react-router';

import { NotFound } from '@/app/Message';
import { useUser } from '@/auth/useAuth';
import { Logo } from '@/ui/Logo';
import { ThemeToggle } from '@/ui/ThemeToggle';
import { UserMenu } from '@/ui/UserMenu';
import { useTitle } from '@/ui/useTitle';

import classes from './Account.module.css';
import { TABS } from './tabs';

/** Everything that belongs to one's own account, a tab for each part. */
export function AccountPage() {
  const { tab } = useParams();
  const { guest_of } = useUser();
  const shown = TABS.find(({ path }) => path === tab);
  if (guest_of) return <Navigate to="/" replace />;
  if (tab === undefined) return <Navigate to={`/account/${TABS[0].path}`} replace />;
  return shown ? <Page path={shown.path} /> : <NotFound />;
}

function Page({ path }: { path: string }) {
  useTitle('Account');
  const navigate = useNavigate();
  return (
    <Container size="md" py="md">
      <Group component="header" justify="space-between" wrap="nowrap">
        <Logo />
        <Group gap="xs" wrap="nowrap">
          <ThemeToggle />
          <UserMenu />
        </Group>
      </Group>
      <main>
        <Title order={1} size="h2" mt={36} mb="md">
          Account
        </Title>
        <Tabs value={path} onChange={(to) => to && void navigate(`/account/${to}`)} keepMounted={false}>
          <Tabs.List className={classes.list} aria-label="Account" mb="lg">
            {TABS.map(({ path, label, icon: Icon }) => (
              <Tabs.Tab key={path} value={path} leftSection={<Icon size={16} />} className={classes.tab}>
                {label}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {TABS.map(({ path, page: Part }) => (
            <Tabs.Panel key={path} value={path}>
              <Part />
            </Tabs.Panel>
          ))}
        </Tabs>
      </main>
    </Container>
  );
}
