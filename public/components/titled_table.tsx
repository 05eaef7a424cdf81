import { EuiBasicTable, EuiSpacer, EuiTitle, type EuiBasicTableColumn } from '@elastic/eui';

interface TitledTableProps<Item extends object> {
  title: string;
  items: Item[];
  columns: Array<EuiBasicTableColumn<Item>>;
  'data-test-subj': string;
}

/** A small table under its title, below other things of a panel. */
export function TitledTable<Item extends object>({ title, items, columns, 'data-test-subj': testSubject }: TitledTableProps<Item>) {
  return (
    <div data-test-subj={testSubject}>
      <EuiSpacer size="m" />
      <EuiTitle size="xxs">
        <h3>{title}</h3>
      </EuiTitle>
      <EuiSpacer size="xs" />
      <EuiBasicTable items={items} compressed tableCaption={title} columns={columns} />
    </div>
  );
}
