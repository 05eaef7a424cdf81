import { PageLayout } from '../../app/page_layout';
export function GeneratePage() { return <PageLayout page="generate" title="Generate" description="">{null}</PageLayout>; }
