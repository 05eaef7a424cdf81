import type { SVGProps } from 'react';

/** The lyrebird with its lyre of a tail: the host's logo. */
export function Bird(props: SVGProps<SVGSVGElement>) {
  return (
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" {...props}>
      <rect width="32" height="32" rx="7" fill="#0b64dd" />
      <path
        d="M7 7c1 9 3 13 8 15M12 6c0 8 1 12 5 14M7 7c-2 10 2 18 11 18 5 0 8-3 8-8 0-3-1-5-3-6l3-1-4-2c-3 0-4 2-4 5"
        fill="none"
        stroke="#fff"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
