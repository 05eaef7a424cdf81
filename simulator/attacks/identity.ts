import { APPLICATIONS } from '../applications';
import type { Draft } from '../events';
import { addressOf, PLACES, STRANGER_PLACES } from '../places';
import { isService } from '../organisation';
import { amount, sessionOf, strangerAccess, type Scene } from './scene';

/** T1110.003: one or two common passwords against many accounts; a quiet one takes hours and changes its exit address. */
export function passwordSpraying(scene: Scene): Draft[] {
  const { random } = scene;
  const targets = [scene.victim, ...scene.others].filter((p) => !isService(p)).slice(0, scene.quiet ? amount(scene, 8, 16) : amount(scene, 22, 45));
  const first = strangerAccess(scene);
  const exits = scene.quiet
    ? [0, 1, 2].map((i) => addressOf(PLACES[STRANGER_PLACES[(first.address.place.city.length + i) % STRANGER_PLACES.length]], 'fixed', scene.key, i))
    : [first.address];
  const app = APPLICATIONS[random.pick(['office', 'owa', 'azure-portal'])];
  const drafts: Draft[] = [];
  let clock = scene.start;
  const hit = random.chance(0.5) ? random.int(1, Math.max(1, targets.length - 1)) : -1;
  targets.forEach((person, i) => {
    const session = sessionOf(scene, { person, device: first.device, address: exits[i % exits.length] }, clock);
    const correlationId = random.uuid();
    if (random.chance(0.04)) session.attempt(app, 50053, 'none', true, correlationId);
    else {
      session.attempt(app, 50126, 'none', true, correlationId);
      if (i === hit) {
        session.wait(scene.quiet ? 400 : 3);
        session.attempt(app, 50074, 'none', true, random.uuid());
      }
    }
    session.wait(scene.quiet ? 620 : 5);
    clock = session.clock;
    drafts.push(...session.drafts);
  });
  return drafts;
}

/** T1078.004: somebody else uses an account, with its password and a stolen token, from another country. */
export function stolenAccount(scene: Scene): Draft[] {
  const { random } = scene;
  const session = sessionOf(scene, strangerAccess(scene));
  if (random.chance(0.4)) {
    session.attempt(APPLICATIONS.owa, 50126, 'none', true, random.uuid());
    session.wait(25);
  }
  const entry = APPLICATIONS[random.pick(['owa', 'myapps', 'teams-web'])];
  session.attempt(entry, 0, random.chance(0.6) ? scene.victim.mfa : 'claim', random.chance(0.6), random.uuid());
  const own = scene.victim.apps.keys.slice(0, 6);
  const steps = scene.quiet ? amount(scene, 3, 5) : amount(scene, 7, 15);
  for (let i = 0; i < steps; i++) {
    session.wait(scene.quiet ? 900 : 70);
    session.attempt(APPLICATIONS[random.chance(0.6) || own.length === 0 ? random.pick(['sharepoint', 'owa', 'onedrive', 'teams-web']) : random.pick(own)], 0, 'claim', false, random.uuid());
  }
  if (random.chance(0.5)) {
    session.wait(60);
    session.signIn(APPLICATIONS.wiki, { interactive: false });
    session.wait(2);
    session.wiki('login');
    for (const page of scene.victim.pages.pages.slice(0, random.int(2, 5))) {
      session.wait(30);
      session.wiki('view', page);
    }
  }
  return session.drafts;
}

/** T1621: push requests until the owner of the account gives in (or not). */
export function mfaFatigue(scene: Scene): Draft[] {
  const { random } = scene;
  const access = strangerAccess(scene);
  const session = sessionOf(scene, access);
  const app = APPLICATIONS[random.pick(['owa', 'myapps', 'azure-portal'])];
  const correlationId = random.uuid();
  const pushes = scene.quiet ? amount(scene, 4, 6) : amount(scene, 9, 24);
  for (let i = 0; i < pushes; i++) {
    if (i === 0 || random.chance(0.3)) {
      session.attempt(app, 50074, 'none', true, correlationId);
      session.wait(6);
    }
    session.attempt(app, 500121, random.chance(0.55) ? 'timeout' : 'declined', true, correlationId);
    session.wait(scene.quiet ? 1500 : 48);
  }
  if (random.chance(0.6)) {
    session.attempt(app, 0, 'push', true, correlationId);
    for (let i = random.int(1, 4); i > 0; i--) {
      session.wait(45);
      session.attempt(APPLICATIONS[random.pick(['sharepoint', 'owa', 'onedrive'])], 0, 'claim', false, random.uuid());
    }
  }
  return session.drafts;
}
