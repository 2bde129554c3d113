"""What the page can ask of films: of those that were sent, and of those that are painted."""

from pathlib import Path

from ortstyle.studio.faults import NotFound
from ortstyle.studio.paintings.film_frames import painted_frame
from ortstyle.studio.paintings.ordered_paintings import OrderedPaintings
from ortstyle.studio.paintings.summary import film_of
from ortstyle.studio.pictures.films import Films, media_type_of
from ortstyle.studio.pictures.views import ViewCache
from ortstyle.studio.records import Painting

_POSTER = 0.25  # of the film


class StudioFilms:
    """The films of a studio, without HTTP; any thread may call its methods.

    Parameters
    ----------
    films
        The films that were sent.
    frames
        Keeps frames of painted films that are shown.
    ordered
        What was ordered.

    Raises
    ------
    StudioError
        From every method, in one sentence; see `faults` for those that a page causes.
    """

    def __init__(self, films: Films, frames: ViewCache, ordered: OrderedPaintings) -> None:
        self._films, self._frames, self._ordered = films, frames, ordered

    # films that were sent

    def clip_file(self, film_id: str) -> tuple[Path, str]:
        """Return the file of a film that was sent, and its media type."""
        _, path = self._films.film(film_id)
        return path, media_type_of(path)

    def clip_frame(self, film_id: str, at: float, side: int) -> Path:
        """Return the file of a frame, a JPEG; see `Films.frame`."""
        return self._films.frame(film_id, at=at, side=side)

    def stills_of(self, film_id: str) -> list[str]:
        """List the ids of the stills of a film."""
        return [still.id for still in self._films.stills_of(film_id)]

    # films that are painted

    def is_film(self, painting: Painting) -> bool:
        """Return whether a painting is a film."""
        return film_of(painting) is not None

    def result(self, painting: Painting) -> Path:
        """Return the path of the result of a painting."""
        film = film_of(painting)
        suffix = f".{film['form']}" if film else ".png"
        return self._ordered.folder.result(painting.id, suffix)

    def painted_file(self, painting_id: str) -> tuple[Path, str]:
        """Return the file of a film that is painted, and its media type."""
        path = self.result(self._painted(painting_id))
        return path, media_type_of(path)

    def painted_frame(self, painting_id: str, at: float, side: int) -> Path:
        """Return the file of the painted frame that is seen at a moment, a JPEG.

        While the film is painted, it is the last frame before that moment that is there.
        """
        painting = self._ordered.catalogue.painting(painting_id)
        if film_of(painting) is None:
            raise NotFound("This is no film.")
        if self._ordered.state(painting) == "done":
            path = self.result(painting)
            return self._frames.frame(path, painting_id, at=at, side=side, shown=painting.title)
        folder = self._ordered.queues[painting.kind].frames_of(painting.key)
        path = painted_frame(folder, at)
        return self._frames.view(path, painting_id, side=side, shown=painting.title)

    def poster(self, painting: Painting, path: Path, side: int) -> Path:
        """Return the file of the frame that stands for a painted film, a JPEG."""
        at = _POSTER * ((film_of(painting) or {}).get("seconds") or 0.0)
        return self._frames.frame(path, painting.id, at=at, side=side, shown=painting.title)

    def forget(self, painting_id: str) -> None:
        """Remove the frames that are kept of a painted film."""
        self._frames.forget(painting_id)

    def _painted(self, painting_id: str) -> Painting:
        painting = self._ordered.catalogue.painting(painting_id)
        if film_of(painting) is None or self._ordered.state(painting) != "done":
            raise NotFound("This painting has no film yet.")
        return painting
