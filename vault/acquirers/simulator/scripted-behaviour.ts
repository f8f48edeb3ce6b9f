import type { AcquirerRule, ScriptedAction } from '../../../src/domain/acquirer-script.ts';
import type { Behaviour } from './test-cards.ts';

/** ISO 8583 field 39: approved. */
const approvedCode = '00';
/** ISO 8583 field 39: do not honour, the decline that gives no reason. */
const plainDeclineCode = '05';

const deliveries: Record<ScriptedAction, Behaviour['delivery']> = {
  approve: 'once',
  decline: 'once',
  delay: 'once',
  'timeout-before': 'lost-before',
  'timeout-after': 'lost-after',
  disconnect: 'disconnected',
  'answer-twice': 'twice',
  'answer-late': 'late',
  garbage: 'garbled',
};

const answerOf = ({ action, responseCode }: AcquirerRule['then'], own: Behaviour['answer']): Behaviour['answer'] => {
  const code = responseCode ?? { approve: approvedCode, decline: plainDeclineCode }[action as string];
  if (code === undefined) return own;
  return code === approvedCode ? { outcome: 'approved' } : { outcome: 'declined', responseCode: code };
};

/** What a rule makes of a message. @param own what would have happened without it: the rule may change the way and leave the answer */
export const scriptedBehaviour = (then: AcquirerRule['then'], own: Behaviour): Behaviour => ({
  answer: answerOf(then, own.answer),
  delivery: deliveries[then.action],
  delayMs: then.ms ?? 0,
});
