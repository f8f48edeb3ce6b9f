import type { UseCaseContext } from '../use-cases/context.ts';

/** A use case that has its context, so that a listener gives the input alone. */
export const bound =
  <Input, Output>(context: UseCaseContext, useCase: (context: UseCaseContext, input: Input) => Output) =>
  (input: Input): Output =>
    useCase(context, input);
