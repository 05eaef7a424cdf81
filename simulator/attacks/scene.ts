import { makeLaptop } from '../devices';
import type { Access } from '../events';
import type { Organisation, Person } from '../organisation';
import { addressOf, PLACES, STRANGER_PLACES } from '../places';
import type { Random } from '../random';
import { planDay } from '../schedule';
import { Session } from '../sessions';
import { DAY } from '../schedule';

/** One attack to be played: who it strikes, when it starts, how much time it may take. */
export interface Scene {
  org: Organisation;
  /** Names this attack; all its draws derive from it. */
  key: string;
  random: Random;
  victim: Person;
  /** Everybody else, in an order of its own. */
  others: Person[];
  start: number;
  /** Quiet ones do less, slower, and mostly from the victim's own machine. */
  quiet: boolean;
  /** 0-1: small organisations and short periods see smaller attacks, so that they stay the exception. */
  size: number;
}

/** How many, for this size of organisation; never less than 3. */
export const amount = (scene: Scene, low: number, high: number): number => Math.max(3, Math.round(scene.random.int(low, high) * scene.size));

/** The victim's own machine, where it is that day: a malicious insider, or malware on it. */
export function ownAccess(scene: Scene): Access {
  const plan = planDay(scene.org.seed, scene.victim, Math.floor(scene.start / DAY));
  return { person: scene.victim, device: scene.victim.laptop, address: plan.address };
}

/** A stranger's unmanaged machine in a country that is not the victim's, on a home line, a phone or a rented server. */
export function strangerAccess(scene: Scene, person: Person = scene.victim): Access {
  const places = STRANGER_PLACES.map((key) => PLACES[key]).filter((place) => place.countryCode !== person.home.countryCode);
  const place = places[scene.random.int(0, places.length - 1)];
  const device = { ...makeLaptop(scene.org.seed, scene.key, scene.random.chance(0.3)), managed: false };
  return { person, device, address: addressOf(place, scene.random.chance(0.2) ? 'mobile' : 'fixed', scene.key) };
}

/** Where an attacker with the victim's rights sits: mostly elsewhere, when quiet mostly on the victim's machine. */
export const intruderAccess = (scene: Scene): Access => (scene.random.chance(scene.quiet ? 0.75 : 0.45) ? ownAccess(scene) : strangerAccess(scene));

export const sessionOf = (scene: Scene, access: Access, at = scene.start): Session => new Session(access, at, scene.random);
