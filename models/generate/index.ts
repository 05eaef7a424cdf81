export { cascadeLines } from './cascade';
export { generateEvents, generateLines, OmittedCount, type GenerateControl, type GeneratedLine, type GeneratorOptions } from './generator';
export { GuardBuilder, MemorisationGuard } from './guard';
export { freshPaths } from './guard_projection';
export { IdentityMaker, replaceValues } from './identity';
export { rehearse } from './rehearse';
export { serveGroups } from './writing_thread';
