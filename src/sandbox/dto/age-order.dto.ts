import { IsInt, Max, Min } from 'class-validator';

const TWO_DAYS = 2 * 24 * 60;

export class AgeOrderDto {
  @IsInt()
  @Min(1)
  @Max(TWO_DAYS)
  minutes: number;
}
