import { PageLayout } from '../../app/page_layout';
export function TrainPage() { return <PageLayout page="train" title="Train" description="">{null}</PageLayout>; }
