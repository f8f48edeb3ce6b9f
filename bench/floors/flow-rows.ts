/** The tables of the floors: no more of the product's than that rows are found by an id and events by their object. */
export const floorSchema: readonly string[] = [
  'create table object (id text primary key, status text not null, version integer not null, body text not null) strict',
  'create table event (id text primary key, object_id text not null, sequence integer not null, body text not null, unique (object_id, sequence)) strict',
];

/** A statement with its parameters written `$1`, `$2` …, as the product's engine takes them. */
export type FloorStatement = { readonly sql: string; readonly params: readonly (string | number)[] };

type Step = (flow: string) => readonly FloorStatement[];

/** What one flow must make durable, in steps that cannot be joined, in this order. */
export type FlowSteps = {
  readonly setupIntent: Step;
  readonly paymentIntent: Step;
  readonly attempt: Step;
  readonly outcome: Step;
};

const insertSql = 'insert into object (id, status, version, body) values ($1, $2, 1, $3)';
const saveSql = 'update object set status = $1, version = version + 1, body = $2 where id = $3 and version = 1';
const eventSql = 'insert into event (id, object_id, sequence, body) values ($1, $2, $3, $4)';

const small = 'x'.repeat(300);

/** The rows of a flow, step by step. @param intentBytes size of an intent's row */
export const flowSteps = (intentBytes: number): FlowSteps => {
  const body = 'x'.repeat(intentBytes);
  const insert = (id: string, status: string, text: string) => ({ sql: insertSql, params: [id, status, text] });
  const save = (status: string, text: string, id: string) => ({ sql: saveSql, params: [status, text, id] });
  const event = (id: string, objectId: string, sequence: number) => ({
    sql: eventSql,
    params: [id, objectId, sequence, small],
  });
  return {
    setupIntent: (flow) => [
      insert(`card_${flow}`, '', small),
      insert(`si_${flow}`, 'Authorized', body),
      event(`e1_${flow}`, `si_${flow}`, 1),
      event(`e2_${flow}`, `si_${flow}`, 2),
    ],
    paymentIntent: (flow) => [insert(`pi_${flow}`, 'Created', body), event(`e3_${flow}`, `pi_${flow}`, 1)],
    attempt: (flow) => [insert(`att_${flow}`, 'pending', small)],
    outcome: (flow) => [
      save('approved', small, `att_${flow}`),
      save('Captured', body, `pi_${flow}`),
      save('Completed', body, `si_${flow}`),
      event(`e4_${flow}`, `pi_${flow}`, 2),
      event(`e5_${flow}`, `si_${flow}`, 3),
    ],
  };
};
