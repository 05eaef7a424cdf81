import { testElasticsearch } from '../../support/elasticsearch';

describe('the Elasticsearch that tests share', () => {
  it('stores and finds a document, under a prefix of its own for each caller', async () => {
    const one = await testElasticsearch();
    const two = await testElasticsearch();
    expect(two.url).toBe(one.url);
    expect(two.prefix).not.toBe(one.prefix);
    await one.client.index({ index: `${one.prefix}logs`, document: { user: 'ada' }, refresh: true });
    const found = await one.client.search({ index: `${one.prefix}*`, query: { term: { 'user.keyword': 'ada' } } });
    expect(found.hits.hits).toHaveLength(1);
  }, 180_000);
});
