import { klDiv, type Tensor } from '@ragwright/torch';
import { z } from 'zod';

/** Softmax temperatures of a distillation. */
export interface DistillationTemperatures {
  /** Divides the student's and the teacher's scores; default 1. */
  readonly temperature?: number;
  /** T_s, instead of `temperature`. */
  readonly studentTemperature?: number;
  /** T_t, instead of `temperature`. Should match the spread of the teacher's scores. */
  readonly teacherTemperature?: number;
}

/** Of a schema for {@link DistillationTemperatures}. */
export const temperatureShape = {
  temperature: z.number().positive().default(1),
  studentTemperature: z.number().positive().optional(),
  teacherTemperature: z.number().positive().optional(),
};

export interface BothTemperatures {
  readonly studentTemperature: number;
  readonly teacherTemperature: number;
}

export const bothTemperatures = ({
  temperature,
  studentTemperature = temperature,
  teacherTemperature = temperature,
}: {
  readonly temperature: number;
  readonly studentTemperature?: number | undefined;
  readonly teacherTemperature?: number | undefined;
}): BothTemperatures => ({ studentTemperature, teacherTemperature });

/**
 * T_s² · mean over rows of KL(softmax(t / T_t) ‖ softmax(s / T_s)), student and teacher [rows, candidates]. Both sides
 * stay logarithms, so that a candidate that the teacher all but excludes gives no NaN.
 */
export function distilledRows(
  student: Tensor,
  teacher: Tensor,
  { studentTemperature, teacherTemperature }: BothTemperatures,
): Tensor {
  const logP = student.div(studentTemperature).logSoftmax(1);
  const logQ = teacher.to(student.dtype).to(student.device).div(teacherTemperature).logSoftmax(1);
  const divergence = klDiv(logP, logQ, 'sum', { logTarget: true });
  return divergence.mul(studentTemperature ** 2 / (student.shape[0] as number));
}
