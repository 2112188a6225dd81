/** All controls of ipywidgets. The package's own index asks for its package.json at run time, which no page has. */
import "@jupyter-widgets/controls/css/widgets-base.css";
import * as audio from "@jupyter-widgets/controls/lib/widget_audio";
import * as bool from "@jupyter-widgets/controls/lib/widget_bool";
import * as box from "@jupyter-widgets/controls/lib/widget_box";
import * as button from "@jupyter-widgets/controls/lib/widget_button";
import * as color from "@jupyter-widgets/controls/lib/widget_color";
import * as controller from "@jupyter-widgets/controls/lib/widget_controller";
import * as date from "@jupyter-widgets/controls/lib/widget_date";
import * as datetime from "@jupyter-widgets/controls/lib/widget_datetime";
import * as description from "@jupyter-widgets/controls/lib/widget_description";
import * as float from "@jupyter-widgets/controls/lib/widget_float";
import * as image from "@jupyter-widgets/controls/lib/widget_image";
import * as int from "@jupyter-widgets/controls/lib/widget_int";
import * as link from "@jupyter-widgets/controls/lib/widget_link";
import * as selection from "@jupyter-widgets/controls/lib/widget_selection";
import * as container from "@jupyter-widgets/controls/lib/widget_selectioncontainer";
import * as string from "@jupyter-widgets/controls/lib/widget_string";
import * as tags from "@jupyter-widgets/controls/lib/widget_tagsinput";
import * as time from "@jupyter-widgets/controls/lib/widget_time";
import * as upload from "@jupyter-widgets/controls/lib/widget_upload";
import * as video from "@jupyter-widgets/controls/lib/widget_video";

export const controls: Readonly<Record<string, unknown>> = {
  ...audio,
  ...bool,
  ...box,
  ...button,
  ...color,
  ...controller,
  ...date,
  ...datetime,
  ...description,
  ...float,
  ...image,
  ...int,
  ...link,
  ...selection,
  ...container,
  ...string,
  ...tags,
  ...time,
  ...upload,
  ...video,
};
