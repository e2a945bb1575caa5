import { Icon } from "./Icon";
import { count, plural } from "./words";

interface Props {
  page: number;
  size: number;
  total: number;
  noun: string;
  turn: (page: number) => void;
}

export function Pager({ page, size, total, noun, turn }: Props) {
  const pages = Math.max(1, Math.ceil(total / size));
  const first = total === 0 ? 0 : (page - 1) * size + 1;
  return (
    <nav className="pager" aria-label={`Pages of ${noun}s`}>
      <span>
        {pages === 1
          ? plural(total, noun)
          : `${count(first)} to ${count(Math.min(total, page * size))} of ${plural(total, noun)}`}
      </span>
      {pages > 1 && (
        <>
          <button type="button" disabled={page <= 1} onClick={() => turn(page - 1)}>
            <Icon name="left" /> Previous
          </button>
          <span>
            Page {page} of {pages}
          </span>
          <button type="button" disabled={page >= pages} onClick={() => turn(page + 1)}>
            Next <Icon name="right" />
          </button>
        </>
      )}
    </nav>
  );
}
