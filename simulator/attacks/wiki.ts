import { APPLICATIONS } from '../applications';
import type { Draft } from '../events';
import { pagesOf, searchTerm, SPACES } from '../wiki';
import { amount, intruderAccess, sessionOf, type Scene } from './scene';

/** T1213.001: page after page is read and exported, in spaces the victim seldom opens; a quiet one only reads, slowly. */
export function massExport(scene: Scene): Draft[] {
  const { random, victim } = scene;
  const session = sessionOf(scene, intruderAccess(scene));
  session.signIn(APPLICATIONS.wiki, { interactive: random.chance(0.5), clumsy: 0 });
  session.wait(2);
  session.wiki('login');
  const foreign = Object.keys(SPACES).filter((key) => !(key in victim.role.spaces));
  const spaces = random.shuffle(foreign.length > 0 ? foreign : Object.keys(SPACES)).slice(0, scene.quiet ? 2 : 4);
  const pace = scene.quiet ? 150 : 4;
  for (let i = random.int(1, 3); i > 0; i--) {
    session.wait(pace);
    session.wiki('search', undefined, searchTerm(random));
  }
  for (const space of spaces) {
    for (const page of pagesOf(space).slice(0, amount(scene, 10, 24))) {
      if (scene.quiet && random.chance(0.3)) continue;
      session.wait(pace);
      session.wiki('view', page);
      if (random.chance(scene.quiet ? 0.12 : 0.7)) {
        session.wait(pace / 2);
        session.wiki('export', page, random.chance(0.7) ? 'PDF' : 'Word');
      }
    }
    if (!scene.quiet && random.chance(0.4)) {
      session.wait(6);
      session.wiki('space-export', { ...pagesOf(space)[0], id: -1 }, 'XML');
    }
  }
  return session.drafts;
}
