import { Container, Tabs, Title } from '@mantine/core';
import type { ComponentType } from 'react';
import { Navigate, useNavigate, useParams } from 'react-router';

import { NotFound } from '@/app/Message';

import { PageHeader } from './PageHeader';
import classes from './TabbedPage.module.css';
import { useTitle } from './useTitle';

/** One part of a page of tabs, at `{base}/{path}`. */
export interface PageTab {
  path: string;
  label: string;
  icon: ComponentType<{ size?: number }>;
  page: ComponentType;
}

interface TabbedPageProps {
  title: string;
  base: string;
  /** In the order in which they are offered; the first one is shown at `base`. */
  tabs: readonly [PageTab, ...PageTab[]];
  size: 'md' | 'lg';
}

/** A page of tabs, each with an address of its own: the route has the parameter `tab`. */
export function TabbedPage({ title, base, tabs, size }: TabbedPageProps) {
  const { tab } = useParams();
  const navigate = useNavigate();
  useTitle(title);
  if (tab === undefined) return <Navigate to={`${base}/${tabs[0].path}`} replace />;
  if (!tabs.some(({ path }) => path === tab)) return <NotFound />;
  return (
    <Container size={size} py="md">
      <PageHeader />
      <main>
        <Title order={1} size="h2" mt={36} mb="md">
          {title}
        </Title>
        <Tabs value={tab} onChange={(to) => to && void navigate(`${base}/${to}`)} keepMounted={false}>
          <Tabs.List className={classes.list} aria-label={title} mb="lg">
            {tabs.map(({ path, label, icon: Icon }) => (
              <Tabs.Tab key={path} value={path} leftSection={<Icon size={16} />} className={classes.tab}>
                {label}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {tabs.map(({ path, page: Part }) => (
            <Tabs.Panel key={path} value={path}>
              <Part />
            </Tabs.Panel>
          ))}
        </Tabs>
      </main>
    </Container>
  );
}
