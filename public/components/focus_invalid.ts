/** Brings the first field of a form that keeps it from being sent to where it can be seen, once it is marked. */
export function focusInvalid(form: HTMLElement | null): void {
  if (form === null) return;
  requestAnimationFrame(() => {
    const field = form.querySelector<HTMLElement>('[aria-invalid="true"]');
    field?.focus({ preventScroll: true });
    void field?.scrollIntoView({ block: 'center' });
  });
}
