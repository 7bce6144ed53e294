import { IsInt, Matches, Max, Min } from 'class-validator';

/** A picture on the customer's phone. */
export class ScanPictureDto {
  @Matches(/^[A-Z]{2}[0-9a-f]{32}$/, { message: 'messageId must be a message of the phone' })
  messageId: string;

  @IsInt()
  @Min(0)
  @Max(9)
  picture: number;
}
