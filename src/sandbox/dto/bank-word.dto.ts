import { IsIn } from 'class-validator';
import type { BankWord } from '../providers/provider-control.js';

export class BankWordDto {
  @IsIn(['opened', 'won', 'lost'])
  word: BankWord;
}
