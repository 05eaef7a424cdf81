import { BUCKETS, getObject, iam, listObjects, ownBucket, regionOf, trail, type ApiCall } from '../aws';
import type { Draft } from '../events';
import { isService } from '../organisation';
import { amount, intruderAccess, sessionOf, type Scene } from './scene';

/** Opens AWS as the victim and makes the calls one after the other, `pause` seconds apart. */
function play(scene: Scene, pause: number, calls: ApiCall[]): Draft[] {
  const session = sessionOf(scene, intruderAccess(scene));
  const console = scene.random.chance(0.4);
  const { credential, agent } = session.openAws(scene.org.accountId, { interactive: true, console });
  const region = scene.victim.regions[0];
  for (const call of calls) {
    session.wait(scene.quiet ? pause * 12 : pause);
    session.call(call, credential, regionOf(call, region), agent);
  }
  return session.drafts;
}
const denied = (call: ApiCall): ApiCall => ({
  ...call,
  response: null,
  error: { code: 'AccessDenied', message: `User is not authorized to perform: ${call.service}:${call.action} because no identity-based policy allows the ${call.service}:${call.action} action` },
});
const services = (scene: Scene): string[] => {
  const names = [scene.victim, ...scene.others].filter(isService).map((p) => p.login);
  return names.length > 0 ? names : ['app-gateway-001'];
};
/** Names that administrators give accounts here as well. */
const accountName = (scene: Scene): string => `app-${scene.random.pick(['checkout', 'catalogue', 'accounts', 'search', 'notifications', 'gateway'])}-${scene.random.hex(3)}`;
const POLICY = ['AdministratorAccess', 'PowerUserAccess', 'IAMFullAccess'];

/** T1098.001: a second access key for an account that already exists. */
export function additionalKey(scene: Scene): Draft[] {
  const { random } = scene;
  const target = random.pick(services(scene));
  const calls: ApiCall[] = scene.quiet ? [] : [iam.listUsers()];
  calls.push(iam.listAccessKeys(target));
  if (random.chance(0.35)) calls.push(denied(iam.createAccessKey(random.pick(services(scene)), random)));
  calls.push(iam.createAccessKey(target, random));
  if (random.chance(0.5)) calls.push(iam.listAttachedUserPolicies(target));
  return play(scene, 14, calls);
}

/** T1136.003: a new account with wide rights and a key or a password of its own. */
export function newAccount(scene: Scene): Draft[] {
  const { random } = scene;
  const name = accountName(scene);
  const calls = [iam.createUser(name, scene.org.accountId, random)];
  if (!scene.quiet) calls.unshift(iam.listUsers(), iam.listGroups());
  calls.push(random.chance(0.6) ? iam.attachUserPolicy(name, random.pick(POLICY)) : iam.addUserToGroup(name, 'administrators'));
  calls.push(random.chance(0.6) ? iam.createAccessKey(name, random) : iam.createLoginProfile(name));
  return play(scene, 16, calls);
}

/** T1562.008: the audit trail is stopped, narrowed or deleted. */
export function trailStopped(scene: Scene): Draft[] {
  const { random } = scene;
  const calls = [trail.describe()];
  if (!scene.quiet) calls.push(trail.status(), trail.selectors());
  const act = random.weighted([5, 3, 2]);
  if (random.chance(0.25)) calls.push(denied(trail.stop()));
  calls.push(act === 0 ? trail.stop() : act === 1 ? trail.putSelectors(false) : trail.remove());
  if (random.chance(0.5) && act !== 2) calls.push(trail.status());
  return play(scene, 20, calls);
}

/** T1087.004: who is there, and what may they do. */
export function enumeration(scene: Scene): Draft[] {
  const { random } = scene;
  const names = [...services(scene), 'app-checkout-1f0', 'app-search-b32', 'app-gateway-77a', 'app-accounts-0c4', 'app-catalogue-9de', 'app-notifications-42b'];
  const calls = [iam.listUsers(), ...(scene.quiet ? [] : [iam.accountSummary(), iam.listRoles(), iam.listGroups()])];
  const rounds = scene.quiet ? amount(scene, 2, 4) : amount(scene, 6, 14);
  for (let i = 0; i < rounds; i++) {
    const name = names[i % names.length];
    const round = [iam.getUser(name), iam.listAttachedUserPolicies(name), iam.listGroupsForUser(name), iam.listAccessKeys(name)];
    calls.push(...round.slice(0, scene.quiet ? 1 : random.int(2, 4)).map((call) => (random.chance(0.15) ? denied(call) : call)));
  }
  return play(scene, 2, calls);
}

/** T1530: a bucket is read from end to end; a quiet one takes a few objects at a time. */
export function bulkRead(scene: Scene): Draft[] {
  const { random } = scene;
  const owner = { accountId: scene.org.accountId, region: scene.victim.regions[0], owner: scene.victim.login, random };
  const bucket = scene.quiet ? ownBucket(owner) : random.pick(BUCKETS);
  const from = random.int(0, 5000);
  const count = scene.quiet ? amount(scene, 14, 26) : amount(scene, 45, 120);
  const calls = [listObjects(bucket), ...Array.from({ length: count }, (_, i) => getObject(bucket, from + i, random))];
  return play(scene, scene.quiet ? 4 : 1.5, calls);
}
