import {
  Body,
  Controller,
  Get,
  Param,
  ParseUUIDPipe,
  Patch,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Roles } from '../access/roles.decorator.js';
import { ApiId } from '../common/api-id.decorator.js';
import { ApiProblems } from '../common/api-problems.decorator.js';
import { PageQuery } from '../common/page-query.dto.js';
import { CreateProductDto } from './dto/create-product.dto.js';
import { ProductPageResponse, ProductResponse } from './dto/product.response.js';
import { UpdateProductDto } from './dto/update-product.dto.js';
import { ProductsService } from './products.service.js';

@ApiTags('products')
@ApiBearerAuth()
@Controller('api/products')
export class ProductsController {
  constructor(private readonly products: ProductsService) {}

  @Get()
  @Roles('shop')
  @ApiOperation({ summary: 'List the catalogue, by sku' })
  @ApiOkResponse({ type: ProductPageResponse })
  @ApiProblems({ 400: 'validation_failed, invalid_cursor', 401: 'unauthorized', 403: 'forbidden' })
  async list(@Query() query: PageQuery): Promise<ProductPageResponse> {
    return this.products.list(query);
  }

  @Get(':id')
  @Roles('shop')
  @ApiOperation({ summary: 'Read one product' })
  @ApiOkResponse({ type: ProductResponse })
  @ApiProblems({ 401: 'unauthorized', 403: 'forbidden', 404: 'product_not_found' })
  @ApiId()
  async get(@Param('id', ParseUUIDPipe) id: string): Promise<ProductResponse> {
    return this.products.get(id);
  }

  @Post()
  @Roles('admin')
  @ApiOperation({ summary: 'Add a product' })
  @ApiCreatedResponse({
    type: ProductResponse,
    headers: { Location: { schema: { type: 'string' } } },
  })
  @ApiProblems({
    400: 'validation_failed',
    401: 'unauthorized',
    403: 'forbidden',
    409: 'sku_taken',
  })
  async create(
    @Body() body: CreateProductDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProductResponse> {
    const product = await this.products.create(body);
    reply.header('location', `/api/products/${product.id}`);
    return product;
  }

  @Patch(':id')
  @Roles('admin')
  @ApiOperation({ summary: 'Change price, words, stock, or take a product off sale' })
  @ApiOkResponse({ type: ProductResponse })
  @ApiProblems({
    400: 'validation_failed, bad_request',
    401: 'unauthorized',
    403: 'forbidden',
    404: 'product_not_found',
  })
  @ApiId()
  async update(
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: UpdateProductDto,
  ): Promise<ProductResponse> {
    return this.products.update(id, body);
  }
}
