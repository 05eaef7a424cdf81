/** Log type of the event that ends a session. It is read, and scored; it is never written. */
export const SESSION_END = '@end';
