import { DemoClient } from './demo-client.js';
import { DemoCustomer, type Person, type Print } from './demo-customer.js';
import { expiredStory, paidStory, remindedStory, type Stage } from './demo-stories.js';

interface Story {
  readonly title: string;
  readonly person: Person;
  readonly tell: (stage: Stage) => Promise<void>;
}

const STORIES: readonly Story[] = [
  {
    title: 'Paid: link, declined card, payment, thank-you, QR code, pickup',
    person: { phoneNumber: '+590690123456', firstName: 'Aline', email: 'aline@example.com' },
    tell: paidStory,
  },
  {
    title: 'Reminded: unpaid for an hour, then paid',
    person: { phoneNumber: '+596696234567', firstName: 'Benoît', email: 'benoit@example.com' },
    tell: remindedStory,
  },
  {
    title: 'Expired: unpaid for a day',
    person: { phoneNumber: '+594694345678', firstName: 'Chantal', email: 'chantal@example.com' },
    tell: expiredStory,
  },
];

/**
 * Walks the whole life of three orders on the running sandbox at `url` and prints every message as
 * its customer gets it. Throws DemoFailure at the first thing that is not as it must be.
 */
export async function runDemo(url: string, print: Print): Promise<void> {
  const client = new DemoClient(url);
  for (const [index, { title, person, tell }] of STORIES.entries()) {
    print(`\n${index + 1}/${STORIES.length}  ${title}`);
    const customer = new DemoCustomer(client, person, print);
    await tell({ client, customer, step: (text) => print(`  ✓ ${text}`) });
  }
}
