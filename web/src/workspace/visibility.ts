import type { Visibility } from '@/api/types';

export const VISIBILITY_LABELS: Record<Visibility, string> = {
  private: 'Private: only participants',
  link: 'Whoever has the link may join',
  public: 'Public: everybody may read',
};
