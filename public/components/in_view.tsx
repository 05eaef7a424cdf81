import { useEffect, useRef, type ReactNode } from 'react';

/** Forms are long: what was asked for at their end is brought to where it can be seen, each time that `of` is another. */
export function InView({ of, children }: { of: unknown; children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Newer browsers answer with a promise, which must not be taken for the effect's clean-up.
    void place.current?.scrollIntoView({ block: 'start' });
  }, [of]);
  return (
    <div ref={place} style={{ scrollMarginTop: 120 }}>
      {children}
    </div>
  );
}
