import { z } from 'zod';

const entry = z
  .object({
    key: z.string().describe('Key under which an ExternalSecret finds the value. Not empty.'),
    value: z.string().describe('The value, literally. Not empty.'),
    version: z.string().describe('Version of the value; a reference must name exactly this one.').optional(),
  })
  .refine(({ key, value }) => key !== '' && value !== '', 'key and value must not be empty')
  .meta({
    cel: [{ rule: 'size(self.key) > 0 && size(self.value) > 0', message: 'key and value must not be empty' }],
  });

/** `spec.provider.fake` */
export const config = z
  .object({
    data: z.array(entry).describe('The values that the store holds.'),
    validationResult: z
      .int()
      .describe('What the validation of the store answers: 0 ready, 1 unknown, 2 failed.')
      .optional(),
  })
  .meta({
    description: 'Values that stand in the store itself: for trying Esox and for tests, never for real secrets.',
    example: {
      data: [
        { key: '/app/database', value: '{"user":"app","password":"correct-horse"}' },
        { key: '/app/greeting', value: 'hello', version: 'v1' },
        { key: '/app/greeting', value: 'good day', version: 'v2' },
      ],
    },
  });

export type FakeConfig = z.output<typeof config>;
