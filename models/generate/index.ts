export { generateEvents } from './generator';
export { GuardBuilder, MemorisationGuard } from './guard';
export { freshPaths } from './guard_projection';
