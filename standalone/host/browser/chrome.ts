import { BehaviorSubject } from 'rxjs';
import type { ChromeStart, Toasts } from '../../../public/kibana';

export interface Breadcrumb {
  text: string;
  href?: string;
}
export const breadcrumbs$ = new BehaviorSubject<Breadcrumb[]>([]);

export const chrome: ChromeStart = {
  setBreadcrumbs: (crumbs) => breadcrumbs$.next(crumbs),
  docTitle: {
    change: (title) => {
      document.title = [...(Array.isArray(title) ? title : [title]), 'Lyrebird'].filter((part, i, all) => all.indexOf(part) === i).join(' - ');
    },
  },
};

export interface ShownToast {
  id: string;
  title: string;
  text?: string;
  color: 'success' | 'warning' | 'danger';
  iconType: string;
}
export const toasts$ = new BehaviorSubject<ShownToast[]>([]);

let shown = 0;
const add = (color: ShownToast['color'], iconType: string) => (toast: string | { title: string; text?: string }) => {
  shown += 1;
  const content = typeof toast === 'string' ? { title: toast } : toast;
  toasts$.next([...toasts$.value, { id: `toast-${shown}`, color, iconType, ...content }]);
};

export const toasts: Toasts = {
  addSuccess: add('success', 'check'),
  addWarning: add('warning', 'warning'),
  addDanger: add('danger', 'error'),
};

export const removeToast = (id: string) => toasts$.next(toasts$.value.filter((toast) => toast.id !== id));
