import { z } from 'zod';

/** A condition as stored in a status. */
export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  /** RFC 3339, whole seconds. */
  lastTransitionTime?: string;
}

/** @param type the schema of the condition's type: an enum or any text. */
export const conditionSchema = (type: z.ZodType<string>) =>
  z.object({
    type: type.describe('What the condition is about.'),
    status: z.string().describe('True, False or Unknown.'),
    reason: z.string().optional().describe('Machine-readable cause of the last change.'),
    message: z.string().optional().describe('The cause for people.'),
    lastTransitionTime: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('When the status last changed from one value to another.'),
  });
